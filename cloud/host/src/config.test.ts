import { expect, test } from "vitest";
import { ConfigError, parseConfig } from "./config.ts";

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
    PUBLIC_URL: "https://kerbside.example.com/",
  });

  expect(config).toMatchObject({
    databaseUrl: "postgres://a:b@db/kerbside",
    electric: { url: "http://electric:3000", secret: "s" },
    mqttUrl: "mqtts://u:p@broker:8883",
    services: ["deliveries", "maps"],
    serviceUrls: { config: "http://a:4100", accounts: "https://b" },
    publicUrl: "https://kerbside.example.com",
  });
});

test.each([
  ["PORT", "eighty"],
  ["PORT", "70000"],
  ["DATABASE_URL", "mysql://db/kerbside"],
  ["DATABASE_URL", "localhost"],
  ["MQTT_URL", "http://broker"],
  ["SERVICE_URLS", "config"],
  ["LOG_LEVEL", "loud"],
])("%s=%s is refused with its name and an example", (name, value) => {
  expect(() => parseConfig({ [name]: value })).toThrow(new RegExp(`${name} \\(.*for example ${name}=`));
});

test("everything that is wrong is told at once", () => {
  expect(() => parseConfig({ PORT: "x", MQTT_PORT: "y" })).toThrow(/PORT .*\nMQTT_PORT /);
});

test("a switch that does nothing yet is refused rather than ignored", () => {
  expect(() => parseConfig({ EVENT_BUS_URL: "amqp://rabbit" })).toThrow(ConfigError);
});

test("an empty variable is an absent one", () => {
  expect(parseConfig({ DATABASE_URL: "", PORT: "" })).toMatchObject({ databaseUrl: null, port: 4100 });
});
