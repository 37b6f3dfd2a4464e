import { Agent, request } from "node:http";
import type { AddressInfo } from "node:net";

const agent = new Agent({ keepAlive: true, maxSockets: 4 });

export interface Answered {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** The plainest request there is, over a connection that stays open, so that what is timed is the server. */
export function send(
  url: string,
  { method, headers, body }: { method: "GET" | "POST"; headers?: Readonly<Record<string, string>>; body?: unknown },
): Promise<Answered> {
  const json = body === undefined ? "" : JSON.stringify(body);
  const more =
    body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(json) };
  return new Promise((resolve, reject) => {
    const asking = request(url, { agent, method, headers: { ...headers, ...more } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, text: Buffer.concat(chunks).toString() });
      });
    });
    asking.on("error", reject);
    asking.end(json);
  });
}

/** A POST that has to succeed. */
export async function post(
  url: string,
  asked: { readonly headers?: Readonly<Record<string, string>>; readonly body: unknown },
): Promise<Answered> {
  const answered = await send(url, { method: "POST", ...asked });
  if (answered.status >= 300) throw new Error(`POST ${url} answered ${answered.status}: ${answered.text}`);
  return answered;
}

/** Signs a person in; what every later request has to carry. */
export async function signIn(url: string, login: { readonly email: string; readonly password: string }) {
  const { headers } = await post(`${url}/v1/session`, { headers: ownPage, body: login });
  const [cookie = ""] = String(headers["set-cookie"]).split(";");
  return { cookie, ...ownPage };
}

const ownPage = { "sec-fetch-site": "same-origin" };

export function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address ? address.port : 0;
}
