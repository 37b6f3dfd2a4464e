import { Text } from "@mantine/core";
import type { Hub, Store } from "@kerbside/proto/routes/config";
import { Field, Fields } from "./field.tsx";
import { Panel } from "./panel.tsx";

export function StoreDetail({ store }: { readonly store: Store }) {
  return (
    <Panel title={store.name}>
      <Fields>
        <Field name="Merchant">{store.merchant_name}</Field>
        <Field name="Address">{store.address.text}</Field>
        <Field name="Phone">{store.phone ?? "none"}</Field>
        <Field name="Prepares in">{store.prep_minutes} min</Field>
      </Fields>
    </Panel>
  );
}

export function HubDetail({ hub, robotCount }: { readonly hub: Hub; readonly robotCount: number }) {
  return (
    <Panel title={hub.name}>
      <Text>{robotCount === 1 ? "One robot stands here." : `${robotCount} robots stand here.`}</Text>
    </Panel>
  );
}
