/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every limit on what comes from outside, in one place. A value over its limit is refused or
 * becomes unknown: over-limit; it is never cut silently.
 */
#pragma once

#define LIMIT_FACTS_BYTES   (8U << 20) /* a facts document */
#define LIMIT_FACTS_NODES   200000U    /* values in it, counted before it is parsed */
#define LIMIT_GUEST_BYTES   (1U << 20) /* a guest in JSON */
#define LIMIT_GUEST_NODES   20000U
#define LIMIT_DOMAIN_BYTES  (4U << 20) /* libvirt's domain XML */
#define LIMIT_DOMAIN_NODES  100000U    /* elements, attributes and texts in it */
#define LIMIT_DOMAIN_DEPTH  256U       /* elements in each other: a disk's chain of images nests */
#define LIMIT_CMDLINE_BYTES (1U << 20) /* QEMU's arguments */
#define LIMIT_MTREE_BYTES   (4U << 20) /* the text of "info mtree" */
#define LIMIT_QMP_BYTES	    (4U << 20) /* one message of QEMU's monitor */
#define LIMIT_QMP_NODES	    100000U
#define LIMIT_CLASS_BYTES   (256U << 10)
#define LIMIT_CLASS_NODES   16000U
#define LIMIT_RECORD_BYTES  (8U << 10) /* a signed record, and its payload */
#define LIMIT_RECORD_NODES  256U
#define LIMIT_DEPTH	    16U /* nesting of any document */

#define LIMIT_DEVICES	    4096U
#define LIMIT_GROUPS	    4096U
#define LIMIT_GROUP_REGIONS 256U
#define LIMIT_GROUP_DEVICES 1024U
#define LIMIT_IOMMUS	    256U
#define LIMIT_WINDOWS	    1024U /* of host bridges, or of one port */
#define LIMIT_WORDS	    64U	  /* of a command line, that matter */
#define LIMIT_TEXT	    255U  /* bytes of a name or a word */
#define LIMIT_GUEST_RANGES  1024U /* of a guest's map */
#define LIMIT_GUEST_DEVICES 256U
#define LIMIT_TARGETS	    256U	/* of one question */
#define LIMIT_ARENA_BYTES   (64U << 20) /* what one snapshot may take decoded */

#define LIMIT_FLEET_NAME   63U	/* letters of a fleet's name, one DNS label */
#define LIMIT_HOST_NAME	   253U /* letters of a host's, labels with dots between */
#define LIMIT_LABELS	   32U	/* of one host */
#define LIMIT_LABEL	   63U	/* letters of a label's name, and of its value */
#define LIMIT_ENDPOINTS	   4U	/* of one host */
#define LIMIT_PROJECTIONS  4U	/* versions of the class that one record gives a digest for */
#define LIMIT_CERTIFICATES 4U	/* in one record: the host's own and those between it and a CA */
