"""CloudFormation as AWS runs it: templates, change sets, events, rollback, each resource checked to be real.

moto's engine skips unknown types in silence, has no rollback and no resource events,
and takes templates that AWS refuses, so the embedded AWS answers CloudFormation's operations itself.
"""
