import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:http2";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { TestServer } from "../server.harness.ts";

const isOpensslMissing = spawnSync("openssl", ["version"]).error !== undefined;

/** A certificate for localhost. */
function certify(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "shapes-tls-"));
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", `${folder}/key.pem`];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execFileSync("openssl", ["req", "-x509", ...key, "-out", `${folder}/cert.pem`, "-days", "2", ...name], {
    stdio: "ignore",
  });
  const [made, cert] = ["key.pem", "cert.pem"].map((file) => readFileSync(join(folder, file), "utf8"));
  rmSync(folder, { recursive: true });
  return { key: made ?? "", cert: cert ?? "" };
}

test.skipIf(isOpensslMissing)(
  "with TLS, many live shapes share one HTTP/2 connection, and 1.1 is spoken beside it",
  async () => {
    const tls = certify();
    await using server = await TestServer.make(inject("postgresUrl"), "shapes_http2", { listen: { port: 0, tls } });
    await server.database.table("shared", "id int PRIMARY KEY");
    const { handle } = await server.catchUp("table=shared");
    const url = server.running.url ?? "";
    const live = `/v1/shape?table=shared&handle=${handle}&offset=0_inf&live=true`;
    const session = connect(url, { ca: tls.cert });
    const ask = (path: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ":path": path });
        let text = "";
        stream.on("data", (piece) => (text += String(piece)));
        stream.once("end", () => resolve(text));
        stream.once("error", reject);
      });

    const polls = Array.from({ length: 50 }, () => ask(live));
    const events = session.request({ ":path": `${live}&live_sse=true` });
    const firstEvent = new Promise<string>((resolve) => events.once("data", (piece) => resolve(String(piece))));
    await expect.poll(() => server.running.status().waiting).toBe(51);
    await server.database.sql("INSERT INTO shared VALUES (7)");
    const answers = await Promise.all(polls);
    const old = await new Promise<string | undefined>((resolve, reject) => {
      request(`${url}/v1/health`, { ca: tls.cert }, (response) => {
        response.resume();
        resolve(response.httpVersion);
      })
        .once("error", reject)
        .end();
    });

    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('"id":"7"');
    expect(await firstEvent).toContain('"id":"7"');
    expect(old).toBe("1.1");
    events.close();
    session.close();
  },
);
