// Opens pages in a headless Chromium and reports on standard output, as JSON, what became of them.
//
//   node browser.mjs FOLDER PAGE…
//
// FOLDER has node_modules/@sparticuz/chromium; screenshots of each page go there.

import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, ...pages] = process.argv.slice(2);
process.env.TMPDIR = join(folder, "unpacked");
// This makes the package unpack the libraries and fonts that it has for machines without any.
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs22.x";
mkdirSync(process.env.TMPDIR, { recursive: true });
const entry = createRequire(join(folder, "package.json")).resolve("@sparticuz/chromium");
const { default: chromium } = await import(pathToFileURL(entry).href);
const program = await chromium.executablePath();
// The package's own configuration looks for its fonts in a fixed folder.
const family = (name, prefer) => `<alias><family>${name}</family><prefer><family>${prefer}</family></prefer></alias>`;
process.env.FONTCONFIG_FILE = join(folder, "fonts.conf");
writeFileSync(
  process.env.FONTCONFIG_FILE,
  `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
  <dir>${process.env.TMPDIR}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${process.env.TMPDIR}/font-cache</cachedir>
  ${["system-ui", "sans-serif"].map((name) => family(name, "Open Sans")).join("")}
  ${["ui-monospace", "monospace"].map((name) => family(name, "DejaVu Sans Mono")).join("")}</fontconfig>\n`,
);

// With a pipe, no port is opened that others could reach.
const browser = spawn(
  program,
  [
    "--headless", "--no-sandbox", "--no-zygote", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--no-first-run", "--remote-debugging-pipe",
    `--user-data-dir=${join(process.env.TMPDIR, "profile")}`, "about:blank",
  ],
  { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] },
);
const complaints = [];
browser.stderr.on("data", (data) => complaints.push(data));
browser.on("exit", (code) => {
  if (!done) {
    console.error(`the browser ended with ${code}: ${Buffer.concat(complaints)}`);
    process.exit(1);
  }
});

let done = false;
let last = 0;
let rest = "";
const waiting = new Map();
let listen = () => {};
browser.stdio[4].on("data", (data) => {
  const messages = (rest + data).split("\0");
  rest = messages.pop();
  for (const message of messages.map((text) => JSON.parse(text))) {
    if (!message.id) listen(message);
    else if (message.error) waiting.get(message.id).reject(new Error(JSON.stringify(message.error)));
    else waiting.get(message.id).resolve(message.result);
  }
});
function call(method, params = {}, sessionId) {
  const id = ++last;
  browser.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

const FOCUSED = `(() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const inner = getComputedStyle(one.querySelector("rect") ?? one);
  return {
    name: one.getAttribute("aria-label") ?? one.textContent.trim(),
    target: one.getAttribute("href")?.baseVal ?? one.getAttribute("href"),
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    marked: style.outlineStyle !== "none" || parseFloat(inner.strokeWidth) > 3,
  };
})()`;

// The contrast of each text with what is behind it (WCAG 2, relative luminance), where that is a plain colour.
const CONTRASTS = `(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const rect = one.tagName === "text" && one.parentElement.querySelector("rect");
      const colour = rect ? getComputedStyle(rect).fill : getComputedStyle(one).backgroundColor;
      const parts = numbers(colour);
      if (parts.length === 3 || parts[3] === 1) return parts;
    }
    return [255, 255, 255];
  };
  const all = {};
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || one.closest("defs, title") || one.tagName === "title") continue;
    const style = getComputedStyle(one);
    const [a, b] = [light(numbers(one.tagName === "text" ? style.fill : style.color)), light(behind(one))].sort((a, b) => a - b);
    const ratio = (b + 0.05) / (a + 0.05);
    const what = one.tagName + "." + (one.getAttribute("class") ?? "");
    all[what] = Math.min(all[what] ?? 99, Math.round(ratio * 100) / 100);
  }
  return all;
})()`;

async function visit(path) {
  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
  const on = (method, params) => call(method, params, sessionId);
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await on("Runtime.evaluate", { expression, returnByValue: true });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  };
  const requests = [];
  const said = [];
  let loaded;
  listen = ({ method, params }) => {
    if (method === "Network.requestWillBeSent") requests.push(params.request.url);
    if (method === "Log.entryAdded") said.push(params.entry.text);
    if (method === "Runtime.consoleAPICalled") said.push(JSON.stringify(params.args));
    if (method === "Runtime.exceptionThrown") said.push(JSON.stringify(params.exceptionDetails));
    if (method === "Page.javascriptDialogOpening") said.push(`dialog: ${params.message}`);
    if (method === "Page.loadEventFired") loaded();
  };
  for (const domain of ["Network", "Log", "Runtime", "Page"]) await on(`${domain}.enable`);
  const url = pathToFileURL(path).href;
  const ready = new Promise((resolve) => (loaded = resolve));
  await on("Page.navigate", { url });
  await ready;

  const looks = [];
  for (const scheme of ["light", "dark"]) {
    for (const width of [360, 1280]) {
      await on("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
      await on("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: false });
      const wide = await evaluate("document.documentElement.scrollWidth");
      const background = await evaluate("getComputedStyle(document.body).backgroundColor");
      const contrasts = await evaluate(CONTRASTS);
      const { cssContentSize } = await on("Page.getLayoutMetrics");
      const clip = { x: 0, y: 0, width, height: cssContentSize.height, scale: 1 };
      const shot = await on("Page.captureScreenshot", { captureBeyondViewport: true, format: "png", clip });
      const file = join(folder, `${basename(path, ".html")}-${scheme}-${width}.png`);
      writeFileSync(file, Buffer.from(shot.data, "base64"));
      looks.push({ scheme, width, wide, background, contrasts, file });
    }
  }

  const press = async (key, windowsVirtualKeyCode, text) => {
    for (const type of ["keyDown", "keyUp"]) await on("Input.dispatchKeyEvent", { type, key, code: key, windowsVirtualKeyCode, text });
  };
  await on("Target.activateTarget", { targetId }).catch(() => call("Target.activateTarget", { targetId }));
  const stops = [];
  for (let n = 0; n < 200; n++) {
    await press("Tab", 9);
    if (await evaluate("document.activeElement === document.body")) break;
    stops.push(await evaluate(FOCUSED));
  }
  // Along the first link of the graph, by the keyboard alone.
  await evaluate("document.querySelector('svg a')?.focus()");
  await press("Enter", 13, "\r");
  const followed = await evaluate("({ hash: location.hash, there: !!document.querySelector(':target') })");
  // Folded texts open by the keyboard.
  await evaluate("document.querySelector('summary')?.focus()");
  await press("Enter", 13, "\r");
  const opened = await evaluate("document.querySelector('details')?.open ?? null");
  const scripts = await evaluate("document.scripts.length");
  return { path, requests: requests.filter((one) => one !== url), said, looks, stops, followed, opened, scripts };
}

const reports = [];
for (const page of pages) reports.push(await visit(page));
done = true;
browser.kill();
console.log(JSON.stringify(reports));
