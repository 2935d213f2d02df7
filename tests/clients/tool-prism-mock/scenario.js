// Requests every example of every response from a mock server, and compares it with the document.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";

const document = JSON.parse(await readFile("openapi.json", "utf8"));
const resolve = (value) =>
  value?.$ref ? value.$ref.slice(2).split("/").reduce((at, key) => at[key], document) : value;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function startMock(port) {
  const prism = "node_modules/@stoplight/prism-cli/dist/index.js";
  const mock = spawn("node", [prism, "mock", "openapi.json", "--port", port, "--errors"]);
  mock.stderr.pipe(process.stderr);
  await new Promise((ready, failed) => {
    mock.stdout.on("data", (text) => String(text).includes("is listening") && ready());
    mock.on("exit", (code) => failed(new Error(`the mock ended with ${code}`)));
  });
  return mock;
}

const port = await freePort();
const mock = await startMock(port);
let responses = 0;
try {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const request = operation.requestBody?.content["application/json"].examples;
      const body = request && JSON.stringify(Object.values(request)[0].value);
      for (const [code, reference] of Object.entries(operation.responses)) {
        const { content } = resolve(reference);
        // A 204 has none, and the events are a stream.
        const { examples = {} } = content?.["application/json"] ?? {};
        for (const [name, example] of Object.entries(examples)) {
          const url = `http://127.0.0.1:${port}${path.replace("{id}", "run_def456")}`;
          const response = await fetch(url, {
            // `fetch` does not change `patch`, and HTTP's methods are case-sensitive.
            method: method.toUpperCase(),
            body,
            headers: {
              authorization: "Token your-api-key-here",
              "content-type": "application/json",
              prefer: `code=${code}, example=${name}`,
            },
          });
          const what = `${operation.operationId} ${code} ${name}`;
          assert.equal(response.status, Number(code), what);
          assert.deepEqual(await response.json(), example.value, what);
          responses += 1;
        }
      }
    }
  }
} finally {
  mock.kill();
}
assert.ok(responses > 30, `only ${responses} responses`);
console.log(`${responses} responses are the document's examples`);
