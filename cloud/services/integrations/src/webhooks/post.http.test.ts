import { describe, expect, test } from "vitest";
import { HttpPost } from "./post.http.ts";
import { receiver } from "./receiver.harness.ts";

const demo = { loopback: true };
const posted = { headers: { "content-type": "application/json", "x-mark": "1" }, body: '{"a":"ä"}' };

const never = new AbortController().signal;

describe("a receiver", () => {
  test("gets the body byte for byte, with the headers", async () => {
    const got: string[] = [];
    await using there = await receiver((request, response) => {
      request.setEncoding("utf8").on("data", (chunk: string) => got.push(chunk));
      request.on("end", () => response.end(`${request.method} ${String(request.headers["x-mark"])}`));
    });

    const answer = await new HttpPost(demo).send({ ...posted, url: there.url }, never);

    expect(answer).toEqual({ status: 200, retryAfter: undefined, text: "POST 1" });
    expect(got.join("")).toBe(posted.body);
  });

  test("that asks for a pause is quoted", async () => {
    await using there = await receiver((_request, response) =>
      response.writeHead(503, { "retry-after": "7" }).end("later"),
    );

    expect(await new HttpPost(demo).send({ ...posted, url: there.url }, never)).toEqual({
      status: 503,
      retryAfter: "7",
      text: "later",
    });
  });

  test("that redirects is not followed", async () => {
    let requests = 0;
    await using there = await receiver((_request, response) => {
      requests += 1;
      response.writeHead(302, { location: "/elsewhere" }).end();
    });

    const answer = await new HttpPost(demo).send({ ...posted, url: there.url }, never);

    expect(answer.status).toBe(302);
    expect(requests).toBe(1);
  });

  test("that sends without end is cut off after a while", async () => {
    await using there = await receiver((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });

    const answer = await new HttpPost(demo).send({ ...posted, url: there.url }, never);

    expect(answer.status).toBe(200);
    expect(answer.text).toBe("x".repeat(1_024));
  });

  test("that does not answer is given up when the time is over", async () => {
    await using there = await receiver(() => undefined);
    const patience = new AbortController();
    there.server.once("request", () => patience.abort(new Error("no answer within 15 s")));

    const answer = await new HttpPost(demo).send({ ...posted, url: there.url }, patience.signal);

    expect(answer.status).toBeNull();
  });

  test("that stops in the middle of its answer has not answered", async () => {
    await using there = await receiver((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });

    const answer = await new HttpPost(demo).send({ ...posted, url: there.url }, never);

    expect(answer.status).toBeNull();
    expect(answer.text).not.toBe("");
  });

  test("that hangs up or is not there has not answered", async () => {
    await using there = await receiver((request) => request.socket.resetAndDestroy());
    const gone = await receiver(() => undefined);
    await gone[Symbol.asyncDispose]();

    expect((await new HttpPost(demo).send({ ...posted, url: there.url }, never)).status).toBeNull();
    expect((await new HttpPost(demo).send({ ...posted, url: gone.url }, never)).text).toMatch(/ECONNREFUSED/);
  });
});

describe("an address", () => {
  test("of this machine is refused where the setting does not allow it, and nothing is sent", async () => {
    let requests = 0;
    await using there = await receiver((_request, response) => {
      requests += 1;
      response.end();
    });
    const post = new HttpPost({ loopback: false });
    const url = there.url.replace("http:", "https:");

    const answer = await post.send({ ...posted, url }, never);

    expect(answer).toMatchObject({ status: null, text: expect.stringMatching(/not have a public address/) });
    expect(requests).toBe(0);
  });

  test.each([
    ["https://2130706433/", "not_public"],
    ["https://[::ffff:10.0.0.1]/", "not_public"],
    ["https://[::1]/", "not_public"],
    ["https://192.168.1.1:8443/", "not_public"],
    ["https://localhost/", "not_public"],
    ["https://metadata.test/", "not_public"],
    ["https://mixed.test/", "not_public"],
    ["https://nothing.test/", "host_not_found"],
    ["https://ENOTFOUND.test/", "host_not_found"],
    ["https://EAI_AGAIN.test/", "lookup_failed"],
    ["http://public.test/", "not_https"],
  ])("%s is refused when it is saved and when it is used: %s", async (url, reason) => {
    const names: Record<string, string[]> = {
      localhost: ["127.0.0.1"],
      "metadata.test": ["169.254.169.254"],
      "mixed.test": ["8.8.8.8", "10.0.0.1"],
      "public.test": ["8.8.8.8"],
    };
    const post = new HttpPost({ loopback: false }, async (name) => {
      const code = /^(enotfound|eai_again)/.exec(name)?.[0].toUpperCase();
      if (code) throw Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code });
      return names[name] ?? [];
    });

    expect(await post.refuse(url)).toBe(reason);
    expect((await post.send({ ...posted, url }, never)).status).toBeNull();
  });

  test("that does not answer gives way to the next one of its name", async () => {
    await using there = await receiver((_request, response) => response.end("ok"));
    const post = new HttpPost(demo, async () => ["::1", "127.0.0.1"]);
    const url = there.url.replace("127.0.0.1", "both.test");

    expect((await post.send({ ...posted, url }, never)).status).toBe(200);
  });

  test("of the internet is accepted", async () => {
    const post = new HttpPost({ loopback: false }, async () => ["8.8.8.8", "2606:4700::1"]);

    expect(await post.refuse("https://partner.test/hook")).toBeNull();
  });

  test("that leads elsewhere once it was judged is reached where it was judged", async () => {
    let lookups = 0;
    await using there = await receiver((request, response) => response.end(request.headers.host));
    const post = new HttpPost(demo, async () => {
      lookups += 1;
      return lookups === 1 ? ["127.0.0.1"] : ["169.254.169.254"];
    });
    const url = there.url.replace("127.0.0.1", "rebinding.test");

    const answer = await post.send({ ...posted, url }, never);

    expect(answer).toMatchObject({ status: 200, text: expect.stringMatching(/^rebinding\.test/) });
    expect(lookups).toBe(1);
  });
});
