// Sends each request of the collection as it stands, and wants it to succeed.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import newman from "newman";

const { RUNLEDGER_URL, RUNLEDGER_KEY } = process.env;
const collection = JSON.parse(await readFile("generated/collection.json", "utf8"));
const envVar = [
  { key: "baseUrl", value: RUNLEDGER_URL },
  { key: "apiKey", value: `Token ${RUNLEDGER_KEY}` },
];
// What the collection says of its own address counts more than what is given.
collection.variable = [];

const summary = await new Promise((resolve, reject) =>
  newman.run({ collection, envVar }, (error, done) => (error ? reject(error) : resolve(done))),
);
const answers = summary.run.executions.map(({ item, response }) => `${response?.code} ${item.name}`);
console.log(answers.join("\n"));
assert.equal(answers.length, 4);
for (const answer of answers) assert.match(answer, /^20[01] /);
