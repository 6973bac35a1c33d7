// Bundles scripts and styles into ../static under names that carry a hash of their content, and notes the names in bundles.json.
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { build } from "esbuild";

const folder = "../static";
for (const name of readdirSync(folder)) {
  if (/\.(js|css)$/.test(name)) rmSync(`${folder}/${name}`);
}

const { metafile } = await build({
  entryPoints: [
    ...["panel", "window", "invoices", "frame", "page"].map((name) => `src/${name}.ts`),
    ...["panel", "window", "invoices", "instep"].map((name) => `styles/${name}.css`),
  ],
  entryNames: "[name]-[hash]",
  outdir: folder,
  bundle: true,
  minify: true,
  metafile: true,
  format: "iife",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
});

const bundles = {};
for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
  bundles[basename(entryPoint).replace(/\.ts$/, ".js")] = basename(path);
}
writeFileSync(`${folder}/bundles.json`, `${JSON.stringify(bundles, null, 2)}\n`);
