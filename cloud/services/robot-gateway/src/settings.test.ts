import { expect, test } from "vitest";
import { readSettings } from "./settings.ts";

const right = { mqttUrl: "mqtt://127.0.0.1:1883", username: "robot-gateway", password: "secret" };

test("settings are taken as they are", () => {
  expect(readSettings(right)).toEqual(right);
});

test.each([
  ["nothing", undefined, "mqttUrl"],
  ["a broker over HTTP", { ...right, mqttUrl: "http://127.0.0.1" }, "mqttUrl"],
  ["no password", { ...right, password: "" }, "password"],
])("%s stops the start with the name of what is wrong and an example", (_title, given, field) => {
  expect(() => readSettings(given)).toThrow(new RegExp(`${field}.*mqtt://127.0.0.1:1883`));
});
