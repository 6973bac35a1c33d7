// The settings inside Pipedrive, and what a window says when it cannot be shown.
import { frame } from "./framed";

const { width, height } = document.body.dataset;
frame({ ...(width && { width: Number(width) }), ...(height && { height: Number(height) }) });
