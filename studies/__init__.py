"""Studies: experiments repeated many times, so that chance is seen, and claims about them judged.

A study goes from its file (`study_file`) to its scores (`run`), its verdicts (`verdicts`), its page (`page`) and the
database (`keep`). Each kind of study (`kinds`) is a folder with these modules, as far as it needs them:

- `settings`: what the study file may say;
- `sources`: where the file may take the data from;
- `generated`: data made by a formula or drawn at random;
- `data`: reads or generates the data;
- `windows`: turns the data into training and test samples;
- `baselines`: simple and statistical models that the networks are compared with;
- `network`: the layers of a network;
- `training`: trains networks and forecasts with them;
- `repeats`: runs all repeats of one configuration;
- `measure`: scores of forecasts, and what is kept of them for the charts;
- `experiment`: runs every configuration;
- `charts`: the charts of the page;
- `notes`: sentences that a reader needs to understand the figures.
"""
