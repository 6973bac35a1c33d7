// The window and the settings inside Pipedrive.
import { frame } from "./framed";
import { startInvoice } from "./invoice";

const { width, height } = document.body.dataset;
frame({ ...(width && { width: Number(width) }), ...(height && { height: Number(height) }) });

if (document.getElementById("window")) startInvoice();
