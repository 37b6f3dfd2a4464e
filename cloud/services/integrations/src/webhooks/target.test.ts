import { describe, expect, test } from "vitest";
import { chooseAddress, parseTarget } from "./target.ts";

const outside = { loopback: false };
const demo = { loopback: true };

describe("an address that a partner names", () => {
  test.each([
    ["https://example.com/hook", outside, null],
    ["https://example.com:8443/hook?a=b", outside, null],
    ["http://127.0.0.1:9000/hook", demo, null],
    ["http://example.com/hook", outside, "it is not https"],
    ["ftp://example.com/", demo, "it is not https"],
    ["file:///etc/passwd", demo, "it is not https"],
    ["javascript:alert(1)", demo, "it is not https"],
    ["https://user:secret@example.com/", outside, "it carries a name or a password"],
    ["example.com/hook", outside, "it is not a URL"],
    ["", outside, "it is not a URL"],
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
    ["a public address", https, ["8.8.8.8"], outside, "8.8.8.8"],
    ["the first of several", https, ["2606:4700::1", "8.8.8.8"], outside, "2606:4700::1"],
    ["this machine, in the demo", http, ["127.0.0.1"], demo, "127.0.0.1"],
    ["the internet, in the demo too", https, ["8.8.8.8"], demo, "8.8.8.8"],
    ["a private address", https, ["10.0.0.1"], outside, null],
    ["a private address among public ones", https, ["8.8.8.8", "10.0.0.1"], outside, null],
    ["this machine", https, ["127.0.0.1"], outside, null],
    ["a private address, in the demo", https, ["192.168.0.1"], demo, null],
    ["the internet without encryption", http, ["8.8.8.8"], demo, null],
    ["nowhere", https, [], outside, null],
  ])("%s", (_title, url, addresses, reach, expected) => {
    const chosen = chooseAddress(url, addresses, reach);

    expect(chosen.ok ? chosen.value : null).toBe(expected);
  });
});
