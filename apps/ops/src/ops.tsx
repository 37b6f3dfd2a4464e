import { Button, Center, Loader, Stack, Text } from "@mantine/core";
import { MissionControl } from "./mission-control/mission-control.tsx";
import { SignIn } from "./session/sign-in.tsx";
import { useSession } from "./session/use-session.browser.ts";

/** Everything behind the sign-in. */
export function Ops() {
  const { state, signIn, signOut } = useSession();
  switch (state.at) {
    case "asking":
      return (
        <Center mih="100dvh">
          <Loader aria-label="Asking who you are" />
        </Center>
      );
    case "unreachable":
      return (
        <Center mih="100dvh" p="md" component="main">
          <Stack align="center">
            <Text role="alert">{state.why}</Text>
            <Button onClick={() => window.location.reload()}>Try again</Button>
          </Stack>
        </Center>
      );
    case "signed_out":
      return <SignIn signIn={signIn} />;
    case "signed_in":
      return <MissionControl session={state.session} onSignOut={() => void signOut()} />;
  }
}
