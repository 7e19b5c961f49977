"""One outside thing a module; each fits a port of `tocsin.flows.ports` by shape."""
