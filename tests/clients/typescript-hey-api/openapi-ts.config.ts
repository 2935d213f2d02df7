import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  input: "openapi.json",
  output: "generated",
  plugins: [{ name: "@hey-api/typescript", enums: "javascript" }, "@hey-api/sdk",
    "@hey-api/client-fetch"],
});
