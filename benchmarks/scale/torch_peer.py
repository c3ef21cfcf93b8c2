"""PyTorch's LSTM, trained; runs in an environment of its own (``make bench-sales-peers``).

Prints the sequences trained a second and the seconds of the first step. It imports nothing from the program. Its
arguments: steps, channels, units, bins, batch, and the number of training steps that are timed.
"""

from __future__ import annotations

import sys
import time
from typing import Any


def main(arguments: list[str]) -> int:
    """Train as many steps as the arguments say."""
    import torch  # type: ignore[import-not-found, unused-ignore]

    steps, channels, units, bins, batch, number = map(int, arguments)

    class Network(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.lstm = torch.nn.LSTM(channels, units, batch_first=True)
            self.head = torch.nn.Linear(units, bins)

        def forward(self, sequences: Any) -> Any:
            states, _ = self.lstm(sequences)
            return self.head(states[:, -1])

    torch.manual_seed(0)
    network, loss = Network(), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001)
    sequences, targets = torch.randn(16 * batch, steps, channels), torch.randint(bins, (16 * batch,))

    def train(count: int) -> float:
        begin = time.perf_counter()
        for step in range(count):
            part = slice(step % 16 * batch, (step % 16 + 1) * batch)
            optimizer.zero_grad()
            loss(network(sequences[part]), targets[part]).backward()
            optimizer.step()
        return time.perf_counter() - begin

    first = train(1)
    train(16)
    print(number * batch / train(number), first)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
