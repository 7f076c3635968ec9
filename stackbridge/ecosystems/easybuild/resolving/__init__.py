"""What a directory of easyconfigs holds and what EasyBuild's robot would build of it."""
