import { apiClient } from "@kerbside/apps-kit/api/client.browser.ts";
import { faultText } from "@kerbside/apps-kit/api/fault-text.ts";
import { deliveryRoutes } from "@kerbside/apps-kit/api/routes.ts";
import { Button, Stack, Text, TextInput } from "@mantine/core";
import { IconShare } from "@tabler/icons-react";
import { useState } from "react";

type Made = { readonly url: string } | { readonly problem: string };

/** A link for somebody who may watch but not open. */
export function Share({ token }: { readonly token: string }) {
  const [made, setMade] = useState<Made | null>(null);
  const make = async (): Promise<void> => {
    try {
      const client = apiClient(deliveryRoutes, () => ({ authorization: `Bearer ${token}` }));
      const { url } = await client.shareTracking({});
      setMade({ url });
      // Where the phone can, it offers whom to send it to; who declines still has the link on the page.
      await navigator.share?.({ title: "Follow this delivery", url }).catch(() => undefined);
    } catch (cause) {
      setMade({ problem: faultText(cause) });
    }
  };
  if (made && "url" in made) {
    return (
      <TextInput
        label="Whoever has this link can watch, but not open the robot"
        readOnly
        value={made.url}
        onFocus={(event) => event.currentTarget.select()}
      />
    );
  }
  return (
    <Stack gap={4} align="flex-start">
      <Button variant="default" leftSection={<IconShare size={18} aria-hidden />} onClick={() => void make()}>
        Let somebody else watch
      </Button>
      {made && (
        <Text size="sm" role="alert">
          {made.problem}
        </Text>
      )}
    </Stack>
  );
}
