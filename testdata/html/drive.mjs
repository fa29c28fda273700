// Opens a report in headless Chromium and works it with real keys, over the DevTools protocol's pipe (no package needed).
// Usage: node drive.mjs CHROMIUM REPORT.html SHOTS_FOLDER. Prints what it saw as one JSON object.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [chromium, report, shots] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "drive-"));
const browser = spawn(chromium, [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe",
  "--user-data-dir=" + profile, "about:blank",
], { detached: true, stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });

let next = 1;
const waiting = new Map();
const seen = { requests: [], problems: [] };
let loaded = () => {};
let rest = "";
browser.stdio[4].on("data", (chunk) => {
  const parts = (rest + chunk).split("\0");
  rest = parts.pop();
  for (const part of parts) {
    const message = JSON.parse(part);
    if (message.id) {
      const { resolve, reject } = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) reject(new Error(message.error.message));
      else resolve(message.result);
    } else if (message.method === "Network.requestWillBeSent") seen.requests.push(message.params.request.url);
    else if (message.method === "Runtime.exceptionThrown") seen.problems.push(message.params.exceptionDetails.text);
    else if (message.method === "Log.entryAdded") seen.problems.push(message.params.entry.text);
    else if (message.method === "Page.loadEventFired") loaded();
  }
});
let session;
const send = (method, params = {}) => new Promise((resolve, reject) => {
  const id = next++;
  waiting.set(id, { resolve, reject });
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId: session }) + "\0");
});
const look = async (expression) => (await send("Runtime.evaluate", { expression, returnByValue: true })).result.value;
const press = async (key, text) => {
  const code = { Enter: 13, Escape: 27, ArrowDown: 40, ArrowUp: 38 }[key];
  const event = { key, text, windowsVirtualKeyCode: code, code: key.length > 1 ? key : undefined };
  await send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
  await send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
};
const type = async (text) => { for (const key of text) await press(key, key); };
const shoot = async (name) => {
  const { data } = await send("Page.captureScreenshot", { format: "png" });
  writeFileSync(join(shots, name + ".png"), Buffer.from(data, "base64"));
};
const theme = (value) => send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value }] });
const focused = () => look("document.activeElement.textContent");
const count = () => look("document.getElementById('count').textContent");
const opened = () => look("document.querySelectorAll('tr.detail').length");
const page = () => look("getComputedStyle(document.body).backgroundColor + ' ' + getComputedStyle(document.body).color");

const reset = async () => {
  await look("document.getElementById('filters').reset()");
  await new Promise((resolve) => setTimeout(resolve, 50));
};
// Gives a filter a value as a hand would; the line that says how many findings are left.
const filter = (name, value) => look(`(() => {
  const it = document.querySelector('[name=${name}]');
  it.value = ${JSON.stringify(value)};
  it.dispatchEvent(new Event("input", { bubbles: true }));
  return document.getElementById("count").textContent;
})()`);
const options = (name) => look(`[...document.querySelectorAll('[name=${name}] option')].map((it) => it.value).filter(Boolean)`);
// Contrast (WCAG 2) of every text that can be seen against what lies behind it: the least, and what is below 4.5 to 1.
const contrast = () => look(`(() => {
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[0-9.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, under) => Object.fromEntries(
    ["r", "g", "b"].map((part) => [part, top[part] * top.a + under[part] * (1 - top.a)]).concat([["a", 1]]));
  const behind = (element) => {
    if (!element) return { r: 255, g: 255, b: 255, a: 1 };
    const own = parse(getComputedStyle(element).backgroundColor);
    return own.a === 1 ? own : over(own, behind(element.parentElement));
  };
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const found = { texts: 0, least: 21, poor: [] };
  for (const element of document.body.querySelectorAll("*")) {
    const text = [...element.childNodes].filter((it) => it.nodeType === 3).map((it) => it.data.trim()).join(" ").trim();
    if ((!text && !element.value) || !element.getClientRects().length) continue;
    if (/^(SCRIPT|STYLE|NOSCRIPT|OPTION)$/.test(element.tagName)) continue;
    const back = behind(element);
    const [a, b] = [light(over(parse(getComputedStyle(element).color), back)), light(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.texts += 1;
    found.least = Math.min(found.least, ratio);
    if (ratio < 4.5) found.poor.push(element.tagName + "." + element.className + " " + ratio.toFixed(2) + " " + text.slice(0, 40));
  }
  return found;
})()`);

const work = async () => {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  session = (await send("Target.attachToTarget", { targetId, flatten: true })).sessionId;
  for (const domain of ["Page", "Network", "Runtime", "Log"]) await send(domain + ".enable");
  await send("Emulation.setDeviceMetricsOverride", { width: 1280, height: 900, deviceScaleFactor: 1, mobile: false });
  await theme("light");
  const ready = new Promise((resolve) => { loaded = resolve; });
  const started = Date.now();
  await send("Page.navigate", { url: pathToFileURL(report).href });
  await ready;
  await look("document.title");
  seen.loadedMs = Date.now() - started;
  seen.all = await count();
  seen.rows = await look("document.querySelectorAll('#rows tr').length");
  seen.light = await page();
  await shoot("light");
  // Without a click first: the keys work from the start.
  await press("j", "j");
  await press("j", "j");
  seen.second = await focused();
  await press("k", "k");
  seen.first = await focused();
  await press("ArrowDown");
  seen.arrow = await focused();
  await press("Enter", "\r");
  seen.opened = await opened();
  seen.marked = await look("document.querySelector('tr.detail mark').textContent");
  seen.reason = await look("document.querySelector('tr.detail .reason').textContent");
  seen.expanded = await look("document.activeElement.getAttribute('aria-expanded')");
  seen.contrast = { light: await contrast() };
  await shoot("opened");
  await theme("dark");
  seen.dark = await page();
  seen.contrast.dark = await contrast();
  await shoot("dark");
  await theme("light");
  await press("Escape");
  seen.closed = await opened();
  await press("/", "/");
  seen.search = await look("document.activeElement.id");
  await type("schlüssel");
  seen.filtered = await count();
  await shoot("filtered");
  await press("Enter", "\r");
  seen.found = await focused();
  await reset();
  seen.reset = await count();
  seen.filters = {};
  for (const name of ["severity", "class", "kind", "author"]) {
    seen.filters[name] = {};
    for (const value of await options(name)) seen.filters[name][value] = await filter(name, value);
    await reset();
  }
  seen.filters.confidence = {};
  for (const least of ["25", "75", "98", "99", "100"]) {
    seen.filters.confidence[least] = await filter("confidence", least);
    seen.least = await look("document.getElementById('least').textContent");
  }
  await reset();
  // Two at once, and the path with keys.
  await filter("class", "leak");
  await look("document.getElementById('path').focus()");
  await type("DEPLOY/");
  seen.leaksInDeploy = await count();
  await reset();
  // All that the first findings say, opened.
  await look("[...document.querySelectorAll('#rows button.place')].slice(0, 20).forEach((it) => it.click())");
  seen.details = await look("[...document.querySelectorAll('tr.detail dt')]"
    + ".map((it) => it.textContent + ': ' + it.nextElementSibling.textContent)");
  await shoot("details");
  await look("document.querySelector('th[data-by=place] button').click()");
  seen.sorted = await look("document.querySelector('th[data-by=place]').getAttribute('aria-sort')");
  seen.firstPlace = await look("document.querySelector('#rows button').textContent");
  const filtering = Date.now();
  await press("/", "/");
  await type("zz-nothing");
  seen.nothing = await look("!document.getElementById('nothing').hidden");
  seen.filterMs = Date.now() - filtering;
  await reset();
  await send("Emulation.setEmulatedMedia", { media: "print" });
  await look("window.dispatchEvent(new Event('beforeprint'))");
  seen.printed = await look("document.querySelectorAll('#rows tr').length");
  await shoot("print");
};

try {
  await work();
  process.stdout.write(JSON.stringify(seen) + "\n");
} finally {
  // The whole group: its helpers would go on writing into the profile.
  process.kill(-browser.pid, "SIGKILL");
  await new Promise((resolve) => browser.on("exit", resolve));
  rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
