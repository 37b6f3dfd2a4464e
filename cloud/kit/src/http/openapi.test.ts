import { expect, test } from "vitest";
import { parcelRoutes } from "../example/parcels.harness.ts";
import { openApi } from "./openapi.ts";

const document = openApi({ parcels: parcelRoutes }, { title: "Parcels", version: "1" });

test("every endpoint is in the document, with what it takes and answers", () => {
  expect(document).toMatchObject({
    openapi: "3.1.0",
    paths: {
      "/v1/parcels": {
        get: {
          operationId: "listParcels",
          security: [],
          parameters: [{ name: "limit", required: false }, { name: "state" }],
        },
        post: {
          requestBody: {
            content: { "application/json": { schema: { required: ["label"], additionalProperties: false } } },
          },
          responses: {
            201: {
              content: { "application/json": { schema: { required: ["parcel_id", "label", "state", "stored_at"] } } },
            },
          },
        },
      },
      "/v1/parcels/{parcel_id}": {
        get: { parameters: [{ name: "parcel_id", in: "path", required: true }] },
        delete: { responses: { 204: { description: "Done." } } },
      },
    },
  });
});

test("refusals name their codes", () => {
  const text = JSON.stringify(document);

  expect(text).toContain("`delivery_not_found`: No such delivery.");
  expect(text).toContain("#/components/schemas/Problem");
});

test("no reference leads nowhere", () => {
  const text = JSON.stringify(document);
  const wanted = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name ?? "");

  const missing = wanted.filter((name) => !text.includes(`"${name}":{`));

  expect(missing).toEqual([]);
});
