import { Button, Center, Stack, Text, Title } from "@mantine/core";
import { Wait } from "@kerbside/apps-kit/page/wait.tsx";
import type { ReactNode } from "react";
import { MissionControl } from "./mission-control/mission-control.tsx";
import { SignIn } from "./session/sign-in.tsx";
import { useSession } from "./session/use-session.browser.ts";

/** Everything behind the sign-in. */
export function Ops() {
  const { state, signIn, signOut, check } = useSession();
  switch (state.at) {
    case "asking":
      return (
        <main>
          <Wait label="Asking who you are" fillsWindow />
        </main>
      );
    case "unreachable":
      return (
        <Notice title="Mission control cannot be reached" action={<Button onClick={check}>Try again</Button>}>
          {state.why} This page asks again by itself.
        </Notice>
      );
    case "signed_out":
      return <SignIn signIn={signIn} />;
    case "signed_in": {
      const leave = (): void => void signOut();
      if (state.session.user.role !== "merchant")
        return <MissionControl session={state.session} onSignOut={leave} onRefused={check} />;
      return (
        <Notice title="Not for your role" action={<Button onClick={leave}>Sign in as somebody else</Button>}>
          Mission control is for the people who run the robots. {state.session.user.name} works for a store.
        </Notice>
      );
    }
  }
}

function Notice({
  title,
  action,
  children,
}: {
  readonly title: string;
  readonly action: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <Center mih="100dvh" p="md" component="main">
      <Stack align="center" ta="center" maw={420} role="alert">
        <Title order={1} size="h3">
          {title}
        </Title>
        <Text>{children}</Text>
        {action}
      </Stack>
    </Center>
  );
}
