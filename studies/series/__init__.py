"""Studies of single series: LSTMs in many settings beside simple and statistical models, one step ahead."""
