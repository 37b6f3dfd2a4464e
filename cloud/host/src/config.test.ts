import { expect, test } from "vitest";
import { ConfigError, parseConfig } from "./config.ts";

const secret = "5a".repeat(32);

test("an empty environment means everything embedded, on loopback", () => {
  expect(parseConfig({})).toMatchObject({
    host: "127.0.0.1",
    port: 4100,
    mqttPort: 1883,
    databaseUrl: null,
    electric: null,
    mqttUrl: null,
    services: null,
    serviceUrls: {},
  });
});

test("each part can be replaced", () => {
  const config = parseConfig({
    DATABASE_URL: "postgres://a:b@db/kerbside",
    ELECTRIC_URL: "http://electric:3000",
    ELECTRIC_SECRET: "s",
    MQTT_URL: "mqtts://u:p@broker:8883",
    SERVICES: "deliveries, maps",
    SERVICE_URLS: "config=http://a:4100, accounts=https://b",
    KERBSIDE_SECRET: secret,
    PUBLIC_URL: "https://kerbside.example.com/",
  });

  expect(config).toMatchObject({
    databaseUrl: "postgres://a:b@db/kerbside",
    electric: { url: "http://electric:3000", secret: "s" },
    mqttUrl: "mqtts://u:p@broker:8883",
    services: ["deliveries", "maps"],
    serviceUrls: { config: "http://a:4100", accounts: "https://b" },
    secret,
    publicUrl: "https://kerbside.example.com",
  });
});

test.each([
  ["PORT", "eighty", "a whole number from 0 to 65535"],
  ["PORT", "70000", "a whole number from 0 to 65535"],
  ["PORT", " ", "a whole number from 0 to 65535"],
  ["MQTT_PORT", "1e3", "a whole number from 0 to 65535"],
  ["DATABASE_URL", "mysql://db/kerbside", "a postgres:// address"],
  ["DATABASE_URL", "postgres:///kerbside", "a postgres:// address"],
  ["DATABASE_URL", "localhost", "a postgres:// address"],
  ["ELECTRIC_URL", "electric:3000", "an http:// or https:// address"],
  ["MQTT_URL", "http://broker", "with a user and a password"],
  ["MQTT_URL", "mqtt://broker:1883", "with a user and a password"],
  ["MQTT_URL", "mqtt://user@broker:1883", "with a user and a password"],
  ["SERVICES", ",", "names"],
  ["SERVICE_URLS", "config", "name=address pairs"],
  ["LOG_LEVEL", "loud", "one of fatal, error, warn, info, debug, trace, silent"],
])("%s=%s is refused on one line with its name, its value, what is needed and an example", (name, value, needed) => {
  const complaint = complaintAbout({ KERBSIDE_SECRET: secret, [name]: value });

  expect(complaint).toContain(`${name}=${value} (`);
  expect(complaint).toContain(needed);
  expect(complaint).toContain(`for example ${name}=`);
  expect(complaint).not.toContain("\n");
});

test("everything that is wrong is told at once, a line each", () => {
  expect(complaintAbout({ PORT: "x", MQTT_PORT: "y" })).toMatch(/^PORT=x .*\nMQTT_PORT=y .*$/);
});

test("a flag is named beside the variable that it stands for", () => {
  expect(complaintAbout({ PORT: "x" })).toContain("also --port");
});

test("a switch that does nothing yet is refused rather than ignored", () => {
  expect(complaintAbout({ EVENT_BUS_URL: "amqp://rabbit" })).toContain("EVENT_BUS_URL is set");
});

test("processes that work together need one secret", () => {
  expect(complaintAbout({ SERVICE_URLS: "config=http://a:4100" })).toContain("KERBSIDE_SECRET is missing");
});

test("a secret is not shown, however wrong it is", () => {
  expect(complaintAbout({ KERBSIDE_SECRET: "tooshort" })).toMatch(/^KERBSIDE_SECRET has 8 characters .*64 hexadecimal/);
});

test.each([
  ["DATABASE_URL", "mysql://admin:hunter2@db/kerbside"],
  ["MQTT_URL", "mqtt://:hunter2@broker"],
])("the password in a wrong %s is not shown", (name, value) => {
  expect(complaintAbout({ [name]: value })).not.toContain("hunter2");
});

test("an empty variable is an absent one", () => {
  expect(parseConfig({ DATABASE_URL: "", PORT: "" })).toMatchObject({ databaseUrl: null, port: 4100 });
});

function complaintAbout(environment: Readonly<Record<string, string>>): string {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}
