"""The farm: hands dreams out to many processors, cards and machines, which Ray looks after."""
