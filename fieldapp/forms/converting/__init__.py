"""What the converter of workbooks says and leaves out, in both languages."""
