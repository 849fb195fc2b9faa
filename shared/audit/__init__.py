"""The tamper-evident log: who looked at, sent, refused or erased what, chained so that no row can be changed unseen."""
