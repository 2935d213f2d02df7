import { defineConfig } from "orval";

export default defineConfig({
  runledger: {
    input: "openapi.json",
    output: {
      client: "fetch",
      target: "generated/client.ts",
      baseUrl: { runtime: "process.env.RUNLEDGER_URL" },
      urlEncodeParameters: true,
    },
  },
});
