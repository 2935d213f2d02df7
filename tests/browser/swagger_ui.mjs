// What somebody does who opens /docs: authorize, list, record, reload. Called by `cargo xtask test` as
//     node swagger_ui.mjs NODE_MODULES BASE_URL SCREENSHOT
// where BASE_URL is a running demo's. Ends with an error where anything is not as it must be.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [modules, base, screenshot] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)("playwright-core");
const KEY = "Token your-api-key-here";
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  // Root may not have a sandbox; the rest keeps the browser from calling home.
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
const complaints = [];
page.on("console", (message) => message.type() === "error" && complaints.push(`console: ${message.text()}`));
page.on("pageerror", (error) => complaints.push(`page: ${error.message}`));
page.on("request", (request) => {
  const url = request.url();
  if (!url.startsWith(`${base}/`) && !url.startsWith("data:")) complaints.push(`left the machine: ${url}`);
});

try {
  await page.goto(`${base}/`);
  assert.equal(page.url(), `${base}/docs/`, "/ leads to Swagger UI");
  await page.getByText("GET").first().waitFor();
  await authorize();

  const listed = await execute("Executions", "listExecutions");
  assert.equal(listed.status, "200");
  assert.equal(JSON.parse(listed.body).total, 250, listed.body);

  const recorded = await execute("Recording", "recordExecution", { id: "run_def456" });
  assert.equal(recorded.status, "200");
  assert.equal(JSON.parse(recorded.body).id, "run_def456", recorded.body);

  await block("Recording", "recordExecution").locator(".opblock-summary-control").click();
  await picture(block("Executions", "listExecutions"));

  await page.reload();
  const again = await execute("Executions", "listExecutions");
  assert.equal(again.status, "200", "still authorized after a reload");
  assert.deepEqual(JSON.parse(again.body), JSON.parse(listed.body), "what was put back changed nothing");
  assert.deepEqual(complaints, []);
  console.log("authorized, listed, recorded and reloaded; nothing left the machine");
} finally {
  await browser.close();
}

async function authorize() {
  await page.locator(".auth-wrapper .authorize").first().click();
  const dialog = page.locator(".dialog-ux");
  await dialog.locator("input").fill(KEY);
  await dialog.locator("button[type=submit]").click();
  await dialog.locator(".btn-done").click();
}

function block(tag, operation) {
  return page.locator(`#operations-${tag}-${operation}`);
}

// The list with what it answered: what somebody sees who has just pressed Execute.
async function picture(operation) {
  await operation.locator(".live-responses-table").scrollIntoViewIfNeeded();
  await operation.locator(".opblock-summary").evaluate((element) => element.scrollIntoView());
  await page.screenshot({ path: screenshot });
}

// Opens an operation, fills in what is given, presses Execute, and reads the answer off the page.
async function execute(tag, operation, parameters = {}) {
  const opened = block(tag, operation);
  await opened.locator(".opblock-summary-control").click();
  for (const [name, value] of Object.entries(parameters)) {
    await opened.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  await opened.locator("button.execute").click();
  const answer = opened.locator(".live-responses-table tr.response");
  await answer.waitFor();
  const body = await answer.locator(".highlight-code .microlight, .highlight-code pre").first().innerText();
  const status = (await answer.locator(".response-col_status").innerText()).split("\n")[0].trim();
  return { status, body };
}
