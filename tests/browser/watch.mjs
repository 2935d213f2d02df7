// What somebody sees who edits types beside `cargo xtask openapi watch`. Called by `cargo xtask test` as
//     node watch.mjs NODE_MODULES URL TREE SCREENSHOT
// where URL is a watch's on the workspace in the folder TREE, whose files this changes. Ends with an error where the page
// does not follow.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";

const [modules, url, tree, screenshot] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)("playwright-core");
const TYPES = `${tree}/crates/model/src/run.rs`;
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  // Root may not have a sandbox; the rest keeps the browser from calling home.
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
const complaints = [];
page.on("console", (message) => message.type() === "error" && complaints.push(`console: ${message.text()}`));
page.on("pageerror", (error) => complaints.push(`page: ${error.message}`));
page.on("request", (request) => {
  if (!request.url().startsWith(`${url}/`) && !request.url().startsWith("data:")) complaints.push(`left the machine: ${request.url()}`);
});
const state = page.locator("#state");
const operation = page.locator("#operations-Executions-getExecution");
const parameter = operation.locator('tr[data-param-name="id"] input');

try {
  const types = await readFile(TYPES, "utf8");
  await page.goto(`${url}/`);
  await ended();
  await operation.locator(".opblock-summary-control").click();
  await parameter.fill("run_typed_in");

  await save(types.replaceAll("/// Run UID, given by the recorder", "/// What the recorder calls the run"));
  await described("What the recorder calls the run");
  assert.equal(await parameter.inputValue(), "run_typed_in", "what was typed in stays");

  await save(types.replace("pub workflow_id: String", "pub workflow_id: Strin"));
  assert.match(await state.innerText(), /The types do not compile/);
  assert.match(await state.innerText(), /cannot find type `Strin`/);
  await described("What the recorder calls the run");

  await save(types.replace('    #[schema(example = "workflow_abc123")]', '    #[serde(rename = "workflow")]\n    #[schema(example = "workflow_abc123")]'));
  assert.match(await state.innerText(), /^Generated/);
  await page.locator(".finding.breaking", { hasText: "workflow_id" }).first().waitFor();
  await page.screenshot({ path: screenshot });
  assert.deepEqual(complaints, []);
  console.log("followed a description, an error and a renamed field; nothing left the machine");
} finally {
  await browser.close();
}

// Opens the schema of the answer, which Swagger UI closes when the document is another, and looks for words in it.
async function described(words) {
  const schema = operation.locator("tr.response").first();
  await schema.getByRole("tab", { name: "Schema" }).click();
  if (!(await schema.getByText(words).isVisible())) await schema.getByText("Expand all").first().click();
  await schema.getByText(words).waitFor();
}

// Saves, and tells how long it took until the page had an answer.
async function save(text) {
  const begun = performance.now();
  await writeFile(TYPES, text);
  await state.filter({ hasText: "building" }).waitFor();
  await ended();
  console.log(`${((performance.now() - begun) / 1000).toFixed(1)} s from save to page`);
}

// A round takes as long as a compiler takes.
async function ended() {
  await state.filter({ hasText: /^(Generated|The )/ }).waitFor({ timeout: 0 });
}
