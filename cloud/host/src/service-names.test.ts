import { expect, test } from "vitest";
import { serviceNames } from "./service-names.ts";
import { services } from "./services.ts";

test("every service can be named, and every name is a service's", () => {
  expect(services.map(({ name }) => name)).toEqual(serviceNames);
});
