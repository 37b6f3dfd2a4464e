import { events, services } from "@kerbside/proto/contract";
import { endpointsPage, eventsPage, faultsPage, messagesPage, statesPage } from "@kerbside/proto/printed/markdown";
import { openApi } from "@kerbside/proto/printed/openapi";
import { robotMessages } from "@kerbside/proto/robot/messages";
import { tables } from "@kerbside/proto/states/tables";
import { partnerWebhooks } from "@kerbside/proto/webhooks/partner";

/** Every page of `docs/reference`, by file name, as the contracts say it now. */
export function pages(): Readonly<Record<string, string>> {
  return {
    "endpoints.md": endpointsPage(services),
    "events.md": eventsPage(events),
    "faults.md": faultsPage(),
    "robot-messages.md": messagesPage(robotMessages),
    "states.md": statesPage(tables),
    "openapi.json": `${JSON.stringify(document(), null, 2)}\n`,
  };
}

function document(): unknown {
  return openApi(services, {
    title: "Kerbside",
    version: "1",
    description:
      "Sidewalk deliveries by robot. Refusals are problem+json (RFC 9457) with a stable `code`; unknown fields are refused.",
    serverUrl: "http://127.0.0.1:4100",
    webhooks: partnerWebhooks,
  });
}
