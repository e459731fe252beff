#!/bin/sh
# What a class needs, at the first boot.
dnf install --assumeyes git
