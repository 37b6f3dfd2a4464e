import { StateBadge, ToneBadge } from "@kerbside/apps-kit/state/state-badge.tsx";
import type { Hub, Store } from "@kerbside/proto/routes/config";
import type { DeliveryLive } from "@kerbside/proto/shapes/shapes";
import { deliveryTable } from "@kerbside/proto/states/delivery";
import { changeView } from "../../view/use-view.browser.ts";
import { headline, type Robot } from "../robots/robot.ts";
import { Field, Fields } from "./field.tsx";
import { Panel, Part } from "./panel.tsx";

export interface StoreDetailProps {
  readonly store: Store;
  /** Those from here that are not over. */
  readonly deliveries: readonly DeliveryLive[];
}

export function StoreDetail({ store, deliveries }: StoreDetailProps) {
  return (
    <Panel title={store.name}>
      <Fields>
        <Field name="Merchant">{store.merchant_name}</Field>
        <Field name="Address">{store.address.text}</Field>
        <Field name="Phone">{store.phone ?? <span className="kb-quiet">none</span>}</Field>
        <Field name="Prepares in">{store.prep_minutes} min</Field>
      </Fields>
      <Part title="Deliveries from here">
        {deliveries.length === 0 && <span className="kb-quiet">None now.</span>}
        <ul className="mc-links">
          {deliveries.map(({ delivery_id: id, dropoff_text: to, state }) => (
            <li key={id}>
              <button
                type="button"
                className="kb-link"
                onClick={() => changeView({ selected: { kind: "delivery", id }, pane: null })}
              >
                to {to}
              </button>
              <StateBadge table={deliveryTable} state={state} />
            </li>
          ))}
        </ul>
      </Part>
    </Panel>
  );
}

/** A hub and who stands there: robots that the map can only draw over each other. */
export function HubDetail({ hub, robots }: { readonly hub: Hub; readonly robots: readonly Robot[] }) {
  return (
    <Panel title={hub.name}>
      <Part title={robots.length === 1 ? "One robot stands here" : `${robots.length || "No"} robots stand here`}>
        <ul className="mc-links">
          {robots.map((robot) => (
            <li key={robot.id}>
              <button
                type="button"
                className="kb-link"
                onClick={() => changeView({ selected: { kind: "robot", id: robot.id }, pane: null })}
              >
                {robot.name}
              </button>
              <ToneBadge {...headline(robot)} />
            </li>
          ))}
        </ul>
      </Part>
    </Panel>
  );
}
