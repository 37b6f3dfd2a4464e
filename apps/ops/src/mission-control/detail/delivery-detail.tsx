import { faultText } from "@kerbside/apps-kit/api/fault-text.ts";
import { useCall } from "@kerbside/apps-kit/api/use-call.browser.ts";
import { ToneBadge } from "@kerbside/apps-kit/state/state-badge.tsx";
import { labelOf } from "@kerbside/apps-kit/state/tone.ts";
import { Age } from "@kerbside/apps-kit/time/age.tsx";
import { minuteText } from "@kerbside/apps-kit/time/local.browser.ts";
import { Timeline } from "@kerbside/apps-kit/timeline/timeline.tsx";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { deliveryTable } from "@kerbside/proto/states/delivery";
import { Alert, Anchor, Group, Stack, Title } from "@mantine/core";
import { IconTruckReturn } from "@tabler/icons-react";
import { useState } from "react";
import { api } from "../../api.ts";
import { changeView } from "../../view/use-view.browser.ts";
import { deliveryLabel } from "../deliveries/delivery.ts";
import { cancelling } from "./cancelling.ts";
import { ConfirmButton } from "./confirm-button.tsx";
import { Field, Fields } from "./field.tsx";
import { Panel } from "./panel.tsx";

export function DeliveryDetail({
  delivery,
  mayCancel,
}: {
  readonly delivery: DeliveryLive;
  readonly mayCancel: boolean;
}) {
  const { text, tone } = deliveryLabel(delivery);
  const p50 = delivery.eta_dropoff_p50_at;
  const p90 = delivery.eta_dropoff_p90_at;
  return (
    <Panel title={delivery.merchant_name}>
      <Group gap="xs">
        <ToneBadge tone={tone} text={text} />
        <Age atMs={Date.parse(delivery.state_since)} />
      </Group>
      {delivery.state === "created" && (
        <Alert variant="light" color="gray" title="Why it waits">
          {delivery.waiting_reason ?? "Dispatch has not looked at it yet."}
        </Alert>
      )}
      <Fields>
        <Field name="From">{delivery.pickup_text}</Field>
        <Field name="To">{delivery.dropoff_text}</Field>
        <Field name="Arrives">
          {p50 === null || p90 === null
            ? "not known yet"
            : `${minuteText(Date.parse(p50))} – ${minuteText(Date.parse(p90))}`}
        </Field>
        <Field name="Robot">
          {delivery.robot_id === null ? (
            <span className="kb-quiet">none</span>
          ) : (
            <Anchor
              component="button"
              size="sm"
              onClick={() => changeView({ selected: { kind: "robot", id: delivery.robot_id ?? "" } })}
            >
              {delivery.robot_name}
            </Anchor>
          )}
        </Field>
        <Field name="Partner's id">{delivery.external_id ?? <span className="kb-quiet">none</span>}</Field>
        <Field name="Our id">{delivery.delivery_id}</Field>
      </Fields>
      {mayCancel && <CancelButton delivery={delivery} />}
      <Stack gap="xs">
        <Title order={3} size="h5">
          Steps
        </Title>
        <Steps deliveryId={delivery.delivery_id} changedAt={`${delivery.state}|${delivery.cancel_requested}`} />
      </Stack>
    </Panel>
  );
}

function CancelButton({ delivery }: { readonly delivery: DeliveryLive }) {
  const [problem, setProblem] = useState<string | null>(null);
  const { label, consequence, whyNot } = cancelling(delivery);
  const cancel = async (): Promise<void> => {
    try {
      await api.deliveries.cancelDelivery({ params: { delivery_id: delivery.delivery_id }, body: {} });
      setProblem(null);
    } catch (cause) {
      setProblem(faultText(cause));
    }
  };
  return (
    <Stack gap="xs" align="flex-start">
      <ConfirmButton
        label={label}
        icon={<IconTruckReturn size={18} aria-hidden />}
        confirm={label}
        consequence={consequence}
        whyNot={whyNot}
        onConfirm={() => void cancel()}
      />
      {problem !== null && (
        <Alert color="red" variant="light" role="alert">
          {problem}
        </Alert>
      )}
    </Stack>
  );
}

function Steps({ deliveryId, changedAt }: { readonly deliveryId: string; readonly changedAt: string }) {
  const { data, problem } = useCall({ subject: `history/${deliveryId}`, moment: changedAt }, (signal) =>
    api.deliveries.getDeliveryHistory({ params: { delivery_id: deliveryId } }, signal),
  );
  const items = data?.steps.map((step, index) => ({
    key: String(index),
    atMs: Date.parse(step.event_time),
    learnedMs: Date.parse(step.recorded_time),
    text: `${labelOf(deliveryTable, step.to).text}${step.reason === null ? "" : ` (${step.reason.replaceAll("_", " ")})`}`,
    tone: labelOf(deliveryTable, step.to).tone,
  }));
  return <Timeline items={items?.toReversed() ?? null} problem={problem} empty="Nothing has happened yet." />;
}
