import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createClient } from "@kerbside/proto/base/client.http";
import { integrationsRoutes } from "@kerbside/proto/routes/integrations";
import { DeliveryStatusMessage } from "@kerbside/proto/webhooks/partner";
import type { RunningCity } from "@kerbside/sim/start-city.node";
import { expect } from "@playwright/test";

const statuses: readonly string[] = ["pending", "pickup", "pickup_complete", "dropoff", "delivered"];
/** A cloud that began anew in between sends again what nobody answered. */
const toldMs = 30_000;

/** A webhook as it came in, byte for byte. */
interface Received {
  readonly body: Buffer;
  readonly signature: string;
}

/** The partner's own server, which keeps what it is told. */
export class Receiver {
  readonly url: string;
  readonly #received: Received[];

  private constructor(url: string, received: Received[]) {
    this.url = url;
    this.#received = received;
  }

  static async open(stack: AsyncDisposableStack): Promise<Receiver> {
    const received: Received[] = [];
    const server = createServer((request, response) => void take(request, response, received));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    stack.defer(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the receiver has no port");
    return new Receiver(`http://127.0.0.1:${address.port}/hooks`, received);
  }

  /** In the order in which they arrived. */
  get messages(): readonly DeliveryStatusMessage[] {
    return this.#received.map(({ body }) => DeliveryStatusMessage.parse(JSON.parse(body.toString("utf8"))));
  }

  /** Every status of one delivery came, in their order, signed, and none as two different messages. */
  async expectWhole(externalId: string, key: string): Promise<void> {
    const messages = (): readonly DeliveryStatusMessage[] =>
      this.messages.filter(({ data }) => data.external_id === externalId);
    const message = `statuses of ${externalId} that the partner was told`;
    await expect
      .poll(() => messages().map(({ status }) => status), { message, timeout: toldMs })
      .toContain("delivered");
    const inOrder = [...new Map(messages().map((one) => [one.id, one])).values()].toSorted((a, b) =>
      a.created.localeCompare(b.created),
    );
    expect([...new Set(inOrder.map(({ status }) => status))]).toEqual(statuses);
    expect(inOrder.filter(({ status }) => status === "delivered")).toHaveLength(1);
    expect(this.isSignedBy(key)).toBe(true);
  }

  /** As Uber documents it: the hex HMAC-SHA256 of the raw body, with the endpoint's signing key. */
  isSignedBy(key: string): boolean {
    return this.#received.every(({ body, signature }) => {
      const expected = createHmac("sha256", key).update(body).digest("hex");
      return signature.length === expected.length && timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
    });
  }
}

/** Answers the key that the address's messages are signed with. */
export async function subscribe({ url, partner }: RunningCity, address: string): Promise<string> {
  const client = createClient(integrationsRoutes, {
    baseUrl: url,
    headers: () => ({ authorization: `Bearer ${partner.clientSecret}` }),
  });
  const { signing_key } = await client.createWebhook({ body: { url: address } });
  return signing_key;
}

async function take(request: IncomingMessage, response: ServerResponse, received: Received[]): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  received.push({ body: Buffer.concat(chunks), signature: String(request.headers["x-uber-signature"]) });
  response.writeHead(204).end();
}
