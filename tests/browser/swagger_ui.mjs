// Uses Swagger UI as a person does: authorize, list, record, reload. `cargo xtask browser` runs
//     node swagger_ui.mjs NODE_MODULES BASE_URL SCREENSHOT
// where BASE_URL is that of a running demo.
import assert from "node:assert/strict";
import { withPage } from "./browser.mjs";

const [modules, base, screenshot] = process.argv.slice(2);
const KEY = "Token your-api-key-here";

await withPage({ modules, origin: base, viewport: { width: 1280, height: 1400 } }, async (page) => {
  await page.goto(`${base}/`);
  assert.equal(page.url(), `${base}/docs/`, "/ redirects to Swagger UI");
  await page.getByText("GET").first().waitFor();
  await authorize(page);

  const listed = await execute(page, "Executions", "listExecutions");
  assert.equal(listed.status, "200");
  assert.equal(JSON.parse(listed.body).total, 250, listed.body);

  const recorded = await execute(page, "Recording", "recordExecution", { id: "run_def456" });
  assert.equal(recorded.status, "200");
  assert.equal(JSON.parse(recorded.body).id, "run_def456", recorded.body);

  await summary(page, "Recording", "recordExecution").click();
  await takeScreenshot(page, operation(page, "Executions", "listExecutions"));

  await page.reload();
  const again = await execute(page, "Executions", "listExecutions");
  assert.equal(again.status, "200", "the authorization survives a reload");
  const unchanged = "recording what was read changes nothing";
  assert.deepEqual(JSON.parse(again.body), JSON.parse(listed.body), unchanged);
});
console.log("authorized, listed, recorded and reloaded; no request to another origin");

async function authorize(page) {
  await page.locator(".auth-wrapper .authorize").first().click();
  const dialog = page.locator(".dialog-ux");
  await dialog.locator("input").fill(KEY);
  await dialog.locator("button[type=submit]").click();
  await dialog.locator(".btn-done").click();
}

function operation(page, tag, id) {
  return page.locator(`#operations-${tag}-${id}`);
}

function summary(page, tag, id) {
  return operation(page, tag, id).locator(".opblock-summary-control");
}

// The operation with its response.
async function takeScreenshot(page, block) {
  await block.locator(".live-responses-table").scrollIntoViewIfNeeded();
  await block.locator(".opblock-summary").evaluate((element) => element.scrollIntoView());
  await page.screenshot({ path: screenshot });
}

// Opens an operation, fills in the parameters, presses Execute, and reads the response.
async function execute(page, tag, id, parameters = {}) {
  await summary(page, tag, id).click();
  const block = operation(page, tag, id);
  for (const [name, value] of Object.entries(parameters)) {
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  await block.locator("button.execute").click();
  const response = block.locator(".live-responses-table tr.response");
  await response.waitFor();
  const code = response.locator(".highlight-code .microlight, .highlight-code pre").first();
  const body = await code.innerText();
  const column = await response.locator(".response-col_status").innerText();
  return { status: column.split("\n")[0].trim(), body };
}
