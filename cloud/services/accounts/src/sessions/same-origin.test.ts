import { expect, test } from "vitest";
import { madeAt, mayUseCookie } from "./same-origin.ts";

const publicUrl = "https://kerbside.example";

function from(headers: Record<string, string>) {
  return { headers: new Headers(headers), publicUrl };
}

test.each([
  ["our own page", { "sec-fetch-site": "same-origin" }, "here"],
  ["a person who typed the address", { "sec-fetch-site": "none" }, "here"],
  ["another page", { "sec-fetch-site": "cross-site" }, "elsewhere"],
  ["a neighbour on the same domain", { "sec-fetch-site": "same-site" }, "elsewhere"],
  [
    "a page whose origin says so, but not its browser",
    { "sec-fetch-site": "cross-site", origin: publicUrl },
    "elsewhere",
  ],
  ["an old browser on our page", { origin: publicUrl }, "here"],
  ["an old browser on our page by another name", { origin: "http://127.0.0.1:4100", host: "127.0.0.1:4100" }, "here"],
  ["an old browser on another port", { origin: "http://127.0.0.1:9999", host: "127.0.0.1:4100" }, "elsewhere"],
  ["an old browser on another page", { origin: "https://evil.example" }, "elsewhere"],
  ["a page that hides its origin", { origin: "null" }, "elsewhere"],
  ["something that is no browser", {}, "unsaid"],
] as const)("%s", (_title, headers, place) => {
  expect(madeAt(from(headers))).toBe(place);
});

test("reading needs no sign of our own pages, writing does", () => {
  const outside = from({ "sec-fetch-site": "cross-site" });

  expect(mayUseCookie({ ...outside, method: "GET" })).toBe(true);
  expect(mayUseCookie({ ...outside, method: "POST" })).toBe(false);
  expect(mayUseCookie({ ...from({}), method: "DELETE" })).toBe(false);
  expect(mayUseCookie({ ...from({ origin: publicUrl }), method: "PATCH" })).toBe(true);
});
