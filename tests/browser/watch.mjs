// Edits types beside `cargo xtask openapi watch` and checks that its page follows. `cargo xtask
// browser` runs
//     node watch.mjs NODE_MODULES URL TREE SCREENSHOT BUILDING_SCREENSHOT
// where URL is that of the watch, and TREE the folder of its workspace, whose files this changes.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { withPage } from "./browser.mjs";

const [modules, url, tree, screenshot, buildingScreenshot] = process.argv.slice(2);
const TYPES = `${tree}/crates/model/src/run_fields.rs`;
const DESCRIPTION = "A changed description";
// How often the response schema is opened before the test fails.
const MAX_ATTEMPTS = 30;

await withPage({ modules, origin: url, viewport: { width: 1440, height: 1000 } }, async (page) => {
  const types = await readFile(TYPES, "utf8");
  const state = page.locator("#state");
  const operation = page.locator("#operations-Executions-getExecution");
  const parameter = operation.locator('tr[data-param-name="id"] input');
  await page.goto(`${url}/`);
  await roundEnds(state);
  await operation.locator(".opblock-summary-control").click();
  await parameter.fill("run_typed_in");

  const described = changed(types, "/// UID of the workflow that ran.", `/// ${DESCRIPTION}`);
  await save(page, described, buildingScreenshot);
  await isDescribed(operation, DESCRIPTION);
  assert.equal(await parameter.inputValue(), "run_typed_in", "typed values are kept");

  await save(page, changed(types, "response: String", "response: Strin"));
  assert.match(await state.innerText(), /The types do not compile/);
  assert.match(await state.innerText(), /cannot find type `Strin`/);
  await isDescribed(operation, DESCRIPTION);

  const example = '#[schema(example = "workflow_abc123")]';
  await save(page, changed(types, example, `#[serde(rename = "workflow")]\n    ${example}`));
  assert.match(await state.innerText(), /^Generated/);
  await page.locator(".finding.breaking", { hasText: "workflow_id" }).first().waitFor();
  await page.screenshot({ path: screenshot });
});
console.log("followed a description, an error and a renamed field; no request to another origin");

function changed(text, from, to) {
  const result = text.replace(from, to);
  assert.notEqual(result, text, `${TYPES} does not contain ${from}`);
  return result;
}

// Opens the response schema and waits for a text in it. Swagger UI closes the schema when it loads
// a new document, so it is opened again until the text is visible.
async function isDescribed(operation, text) {
  const schema = operation.locator("tr.response").first();
  const description = schema.getByText(text).first();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    await schema.getByRole("tab", { name: "Schema" }).click();
    const expand = schema.getByText("Expand all").first();
    if (!(await description.isVisible()) && (await expand.isVisible())) await expand.click();
    const found = description.waitFor({ timeout: 1000 });
    if (await found.then(() => true, () => false)) return;
  }
  assert.fail(`the schema does not contain ${text}`);
}

// Saves the types, waits until the page shows that it builds, and what, and then the result.
async function save(page, text, path) {
  const state = page.locator("#state");
  const start = performance.now();
  await writeFile(TYPES, text);
  const step = page.locator("#state .step", { hasText: "compiling runledger-model" });
  await step.waitFor({ timeout: 0 });
  assert.match(await state.innerText(), /^Building: \d+\.\d s/);
  if (path) await page.screenshot({ path });
  await roundEnds(state);
  console.log(`${((performance.now() - start) / 1000).toFixed(1)} s from the save to the result`);
}

// A round takes as long as the compiler, which no test should limit.
async function roundEnds(state) {
  await state.filter({ hasText: /^(Generated|The )/ }).waitFor({ timeout: 0 });
}
