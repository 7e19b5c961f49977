"""The pipeline as a CloudFormation template: its rules, its words, its joints, its changes."""
