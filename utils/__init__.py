"""What more than one notebook of the course needs: data, figures, training."""
