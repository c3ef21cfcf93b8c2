"""The recipe `effects`: smoothing of sales without the effects of covariates, which are put back ahead."""
