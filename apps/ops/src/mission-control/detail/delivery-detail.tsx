import { faultText } from "@kerbside/apps-kit/api/fault-text.ts";
import { useCall } from "@kerbside/apps-kit/api/use-call.browser.ts";
import { Note } from "@kerbside/apps-kit/page/note.tsx";
import { ToneBadge } from "@kerbside/apps-kit/state/state-badge.tsx";
import { labelOf } from "@kerbside/apps-kit/state/tone.ts";
import { Age } from "@kerbside/apps-kit/time/age.tsx";
import { windowText } from "@kerbside/apps-kit/time/local.browser.ts";
import { Timeline } from "@kerbside/apps-kit/timeline/timeline.tsx";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { deliveryTable } from "@kerbside/proto/states/delivery";
import { Group, Stack } from "@mantine/core";
import { IconTruckReturn } from "@tabler/icons-react";
import { useState } from "react";
import { api } from "../../api.ts";
import { changeView } from "../../view/use-view.browser.ts";
import { deliveryLabel } from "../deliveries/delivery.ts";
import { arrivalOf } from "./arrival.ts";
import { cancelling } from "./cancelling.ts";
import { Field, Fields } from "./field.tsx";
import { OrderButton } from "./order-button.tsx";
import { Panel, Part } from "./panel.tsx";

export interface DeliveryDetailProps {
  readonly delivery: DeliveryLive;
  readonly mayCancel: boolean;
}

export function DeliveryDetail({ delivery, mayCancel }: DeliveryDetailProps) {
  const { text, tone } = deliveryLabel(delivery);
  return (
    <Panel title={delivery.merchant_name}>
      <Group gap="xs">
        <ToneBadge tone={tone} text={text} />
        <span>
          <span className="kb-age kb-quiet">for </span>
          <Age atMs={Date.parse(delivery.state_since)} />
        </span>
      </Group>
      {delivery.state === "created" && (
        <Note tone="neutral" title="Why it waits">
          {delivery.waiting_reason ?? "Dispatch has not looked at it yet."}
        </Note>
      )}
      <Facts delivery={delivery} />
      {mayCancel && <CancelButton delivery={delivery} />}
      <Part title="Steps">
        <Steps deliveryId={delivery.delivery_id} changedAt={`${delivery.state}|${delivery.cancel_requested}`} />
      </Part>
    </Panel>
  );
}

function Facts({ delivery }: { readonly delivery: DeliveryLive }) {
  const { robot_id: robotId } = delivery;
  const arrival = arrivalOf(delivery);
  return (
    <Fields>
      <Field name="From">{delivery.pickup_text}</Field>
      <Field name="To">{delivery.dropoff_text}</Field>
      {arrival.at !== "past" && (
        <Field name="Arrives">
          {arrival.at === "expected" ? (
            <>
              {windowText(arrival.fromMs, arrival.toMs)}
              {arrival.lateByMs > 0 && (
                <span className="kb-tone-warn-text">
                  , {Math.ceil(arrival.lateByMs / 60_000)} min later than promised
                </span>
              )}
            </>
          ) : (
            <span className="kb-quiet">not known yet</span>
          )}
        </Field>
      )}
      <Field name="Robot">
        {robotId === null ? (
          <span className="kb-quiet">none</span>
        ) : (
          <button
            type="button"
            className="kb-link"
            onClick={() => changeView({ selected: { kind: "robot", id: robotId }, pane: null })}
          >
            {delivery.robot_name}
          </button>
        )}
      </Field>
      <Field name="Partner's id">{delivery.external_id ?? <span className="kb-quiet">none</span>}</Field>
      <Field name="Our id">{delivery.delivery_id}</Field>
    </Fields>
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
    <Stack gap="xs">
      <OrderButton
        label={label}
        icon={<IconTruckReturn size={18} aria-hidden />}
        whyNot={whyNot}
        question={{ consequence, confirm: label }}
        onPress={() => void cancel()}
      />
      {problem !== null && (
        <Note tone="bad" role="alert">
          {problem}
        </Note>
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
