"""The webhook that messages are sent to."""

from tests.flows.notify.receiver import webhook as webhook
