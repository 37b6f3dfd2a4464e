import { describe, expect, test } from "vitest";
import { judgeAddresses, parseTarget } from "./target.ts";

const outside = { loopback: false };
const demo = { loopback: true };

describe("an address that a partner names", () => {
  test.each([
    ["https://example.com/hook", outside, null],
    ["https://example.com:8443/hook?a=b", outside, null],
    ["http://127.0.0.1:9000/hook", demo, null],
    ["http://example.com/hook", outside, "not_https"],
    ["ftp://example.com/", demo, "not_https"],
    ["file:///etc/passwd", demo, "not_https"],
    ["javascript:alert(1)", demo, "not_https"],
    ["https://user:secret@example.com/", outside, "carries_a_password"],
    ["example.com/hook", outside, "not_a_url"],
    ["", outside, "not_a_url"],
  ])("%s", (text, reach, refusal) => {
    const target = parseTarget(text, reach);

    expect(target.ok ? null : target.error).toBe(refusal);
  });

  test.each(["https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/", "https://①②⑦.⓪.⓪.①/"])(
    "%s is read as what it means",
    (text) => {
      const target = parseTarget(text, outside);

      expect(target.ok && target.value.hostname).toBe("127.0.0.1");
    },
  );
});

describe("where it leads", () => {
  const https = new URL("https://example.com/");
  const http = new URL("http://example.com/");

  test.each([
    ["a public address", https, ["8.8.8.8"], outside, true],
    ["several of them", https, ["2606:4700::1", "8.8.8.8"], outside, true],
    ["this machine, in the demo", http, ["127.0.0.1"], demo, true],
    ["the internet, in the demo too", https, ["8.8.8.8"], demo, true],
    ["a private address", https, ["10.0.0.1"], outside, false],
    ["a private address among public ones", https, ["8.8.8.8", "10.0.0.1"], outside, false],
    ["this machine", https, ["127.0.0.1"], outside, false],
    ["a private address, in the demo", https, ["192.168.0.1"], demo, false],
    ["the internet without encryption", http, ["8.8.8.8"], demo, false],
    ["nowhere", https, [], outside, false],
  ])("%s", (_title, url, addresses, reach, expected) => {
    expect(judgeAddresses(url, addresses, reach).ok).toBe(expected);
  });
});
