"""Studies: experiments repeated many times, so that chance is seen, and claims about them judged.

A study goes from its file (`study_file`) to its scores (`run`), its verdicts (`verdicts`), its page (`page`) and the
database (`keep`). Each kind of study (`kinds`) is a folder with these modules, as far as it needs them. A module
imports only from those above it:

- `sources`: where the data may come from;
- `settings`: what the study file may say;
- `generated`: data made by a formula or drawn at random;
- `data`: reads or generates the data;
- `windows`: turns the data into training and test samples;
- `measure`: scores of forecasts, and what charts show of them;
- `baselines`: simple and statistical models that the networks are compared with;
- `network`: the layers of a network;
- `training`: trains networks and forecasts with them;
- `repeats`: runs all repeats of one configuration;
- `charts`: the charts of the page;
- `notes`: sentences that a reader needs to understand the figures;
- `experiment`: runs every configuration.
"""
