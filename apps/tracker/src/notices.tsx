import { Button, Container, Skeleton, Stack, Text, Title } from "@mantine/core";

export function Waiting() {
  return (
    <Container component="main" size="xs" py="md">
      <Stack role="status" aria-label="Loading your delivery">
        <Skeleton height={14} width="40%" />
        <Skeleton height={30} width="85%" />
        <Skeleton height={22} width="55%" />
        <Skeleton height={160} />
      </Stack>
    </Container>
  );
}

export function Refused() {
  return (
    <Container component="main" size="xs" py="xl">
      <Title order={1} size="h2">
        This link does not work
      </Title>
      <Text mt="sm">
        It may have expired, or part of it was lost on the way. Open it again from the message that brought it, or ask
        whoever sent it for a new one.
      </Text>
    </Container>
  );
}

export function Unreachable({ why }: { readonly why: string }) {
  return (
    <Container component="main" size="xs" py="xl">
      <Title order={1} size="h2" role="alert">
        No connection
      </Title>
      <Text my="sm">
        {why} This page asks again by itself. If the robot is in front of you and you know its six digits, its keypad
        opens it without a network.
      </Text>
      <Button onClick={() => window.location.reload()}>Try again</Button>
    </Container>
  );
}
