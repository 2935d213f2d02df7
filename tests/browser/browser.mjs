// A headless Chromium that fails the test on console errors and on requests to other machines.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const ARGUMENTS = [
  // Chromium refuses to run as root with its sandbox.
  "--no-sandbox",
  "--disable-gpu",
  // Without requests of the browser's own.
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Opens a page, runs `test` with it, and closes the browser. `origin` is the only one that the page
// may send requests to; `modules` is the folder that contains playwright-core.
export async function withPage({ modules, origin, viewport }, test) {
  const { chromium } = createRequire(`${modules}/`)("playwright-core");
  const options = { executablePath: "/usr/bin/chromium", args: ARGUMENTS };
  const browser = await chromium.launch(options);
  try {
    const page = await browser.newPage({ viewport });
    const faults = [];
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`page: ${error.message}`));
    page.on("request", (request) => {
      const url = request.url();
      const isLocal = url.startsWith(`${origin}/`) || url.startsWith("data:");
      if (!isLocal) faults.push(`a request to another origin: ${url}`);
    });
    await test(page);
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
  }
}
