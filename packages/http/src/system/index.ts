/** Node's own modules that are no sockets, behind functions of this package: files, compression, hashes, channels. */
export {};
