import { doerOf } from "@kerbside/cloud-kit/audit";
import type { Handlers, ServiceContext } from "@kerbside/cloud-kit/service";
import { Fault } from "@kerbside/proto/base/fault";
import { answerPage, pageOf } from "@kerbside/proto/base/page";
import { asking, found } from "@kerbside/proto/base/refuse";
import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import type { integrationsRoutes } from "@kerbside/proto/routes/integrations";
import type { EndpointRow, MessageRow, PgEndpoints } from "./endpoints.pg.ts";
import { writeMessage } from "./messages.pg.ts";
import { ownerOf, scopeFor, visible } from "./owner.ts";
import { type Post, refusals } from "./post.ts";
import { testMessage } from "./payloads.ts";
import { newSigningKey } from "./signing.ts";
import { attemptView, endpointView, messageView, withKey } from "./views.ts";

export interface WebhookPorts extends Pick<ServiceContext, "db" | "clock" | "rng" | "newId"> {
  readonly endpoints: PgEndpoints;
  readonly post: Post;
  readonly partners: Partners;
}

/** Whose partner somebody is; accounts knows. */
export interface Partners {
  isOf(partnerId: string, organizationId: string): Promise<boolean>;
}

type WebhookHandlers = Omit<Handlers<typeof integrationsRoutes>, "getPartner">;

/** What partners and admins do with the addresses that are told, and see of what they were told. */
export function webhookHandlers({ db, endpoints, clock, rng, newId, post, partners }: WebhookPorts): WebhookHandlers {
  const now = (): string => toInstant(clock.now());
  const own = async (principal: Principal | null, endpointId: string): Promise<EndpointRow> =>
    visible(asking(principal), await endpoints.find(endpointId));
  const ownMessage = async (
    principal: Principal | null,
    { endpoint_id, message_id }: { readonly endpoint_id: string; readonly message_id: string },
  ): Promise<MessageRow> => {
    const { endpoint_id: endpointId } = await own(principal, endpoint_id);
    return found(await endpoints.findMessage(endpointId, message_id), "webhook_message_not_found");
  };
  return {
    async createWebhook({ body, principal, operationId, requestId }) {
      const by = asking(principal);
      const owner = ownerOf(by, body);
      if (by.kind !== "partner" && !(await partners.isOf(owner.partner_id, owner.organization_id))) {
        throw new Fault("partner_not_found", { partner_id: owner.partner_id });
      }
      const refusal = await post.refuse(body.url);
      if (refusal) throw new Fault("webhook_target_refused", { reason: refusal, detail: refusals[refusal] });
      const { url, description, kinds } = body;
      const row: EndpointRow = {
        endpoint_id: operationId,
        ...owner,
        url,
        description,
        kinds: [...new Set(kinds)],
        state: "active",
        state_reason: null,
        signing_key: newSigningKey(rng),
        previous_key: null,
        previous_key_until: null,
        paused_until_ms: 0,
        created_at: now(),
      };
      if (!(await endpoints.add(row, doerOf(by, requestId)))) throw new Fault("webhook_limit_reached");
      return withKey(found(await endpoints.find(operationId), "webhook_not_found"));
    },

    async listWebhooks({ query, principal }) {
      return { items: (await endpoints.list(scopeFor(asking(principal), query.partner_id))).map(endpointView) };
    },

    async deleteWebhook({ params, principal, requestId }) {
      const row = await own(principal, params.endpoint_id);
      await endpoints.remove(row, doerOf(asking(principal), requestId));
    },

    async enableWebhook({ params, principal, requestId }) {
      const row = await own(principal, params.endpoint_id);
      const enabled = await endpoints.enable(row, doerOf(asking(principal), requestId));
      return endpointView(found(enabled, "webhook_not_found"));
    },

    async rotateWebhookKey({ params, principal, requestId }) {
      const row = await own(principal, params.endpoint_id);
      const rotated = await endpoints.rotate(row, newSigningKey(rng), doerOf(asking(principal), requestId));
      return withKey(found(rotated, "webhook_not_found"));
    },

    async testWebhook({ params, principal }) {
      const { endpoint_id, partner_id, organization_id } = await own(principal, params.endpoint_id);
      const writing = { newId, nowMs: clock.now(), now: now() };
      const of = { partnerId: partner_id, organizationId: organization_id, deliveryId: newId() };
      const payload = testMessage(of, { eventId: newId(), now: writing.now });
      const messageId = await db.transaction((tx) =>
        writeMessage(tx, endpoint_id, { kind: payload.kind, deliveryId: null, payload }, writing),
      );
      return messageView(found(await endpoints.findMessage(endpoint_id, messageId), "webhook_message_not_found"));
    },

    async listWebhookMessages({ params, query, principal }) {
      const { endpoint_id } = await own(principal, params.endpoint_id);
      const page = pageOf(query);
      const filter = { state: query.state, deliveryId: query.delivery_id };
      const end = ({ created_at, message_id }: MessageRow) => ({ createdAt: created_at, id: message_id });
      return answerPage(await endpoints.listMessages(endpoint_id, filter, page), page, { view: messageView, end });
    },

    async getWebhookMessage({ params, principal }) {
      const row = await ownMessage(principal, params);
      const log = (await endpoints.attempts(row.message_id)).map(attemptView);
      return { ...messageView(row), payload: row.payload, log };
    },

    async replayWebhookMessage({ params, principal }) {
      const { message_id } = await ownMessage(principal, params);
      return messageView(found(await endpoints.replay(message_id, clock.now()), "webhook_message_not_found"));
    },
  };
}
