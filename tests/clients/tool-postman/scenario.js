// Sends each request of the collection; each must succeed.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import newman from "newman";

const { RUNLEDGER_URL, RUNLEDGER_KEY } = process.env;
const collection = JSON.parse(await readFile("generated/collection.json", "utf8"));
const envVar = [
  { key: "baseUrl", value: RUNLEDGER_URL },
  { key: "apiKey", value: `Token ${RUNLEDGER_KEY}` },
];
// The collection's own variables would override the given ones.
collection.variable = [];

// Postman fills in every parameter; these exclude each other or are not times of the sample runs.
const EXCLUDED = ["statuses", "cursor", "created_after", "created_before"];
// A stream of events does not end.
const isStream = ({ request }) => request?.url.path.includes("events");
for (const folder of collection.item) folder.item = folder.item.filter((item) => !isStream(item));
const requests = (items) => items.flatMap((item) => (item.item ? requests(item.item) : [item]));
for (const { request } of requests(collection.item)) {
  request.url.query = request.url.query?.filter(({ key }) => !EXCLUDED.includes(key));
}

const summary = await new Promise((resolve, reject) =>
  newman.run({ collection, envVar }, (error, done) => (error ? reject(error) : resolve(done))),
);
const results = summary.run.executions.map((execution) => {
  const { item, response } = execution;
  return `${response?.code} ${item.name}`;
});
console.log(results.join("\n"));
assert.equal(results.length, 8);
for (const result of results) assert.match(result, /^20[014] /);
