"""`homeroom demo`: a school term on real files, with a simulated clock and real transports.

`stage` sets the scene, `outside` stands in for the world's mail and text-message providers, `cast` finds the people the
scenes need in whatever district was applied, `scenes/` holds a module per feature, `play` runs them and counts checks.
"""
